"""Arrays as the JSON that the routes answer with."""
