"""Who says what in a sentence: the frames of verbs, nouns and phrases, and how they nest."""
