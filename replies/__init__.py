"""VOICE. Every sentence the assistant can say: a result in, a Reply out. To be reviewed without reading logic."""
