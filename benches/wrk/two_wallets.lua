-- Two wallets pay each other in turn.
require "wallets"

local there, back = transfer(0, 1), transfer(1, 0)

function request()
    there, back = back, there
    return back
end
