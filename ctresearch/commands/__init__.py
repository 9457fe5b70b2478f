"""The commands: they parse arguments, hand them to one function, and say what came of it."""
