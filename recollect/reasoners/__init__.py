"""What finds facts and decides on them: rules, or a chat model."""
