"""Parts of the generator of the fictitious study."""
