"""The nouns of newswire monitoring and the questions asked of them.

Pure: nothing in this package reads a clock, a file, a socket or a database, and nothing in it
imports from the rest of the project. Every value is frozen; every time is an aware UTC datetime.
"""
