"""The kinds of quiz questions, one module for each way of finding them in a text."""
