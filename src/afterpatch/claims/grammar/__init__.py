"""How words stand: sentences, tokens, the parse, classes of words, what phrases tell."""
