"""What the screens share: the only room that knows both Streamlit and the engine."""
