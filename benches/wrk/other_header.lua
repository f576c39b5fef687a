-- What fresh_keys.lua sends, without keys: the header means nothing.
require "headers"

deposits_with("Other-HeaderKey")
