"""What a speaker does with a statement, whom it is about, and its figures, dates and hedges."""
