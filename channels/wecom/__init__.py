"""WeCom (企业微信): one application of an organisation."""
