"""What the page can ask and do: JSON over HTTP, answered by functions of a session."""
