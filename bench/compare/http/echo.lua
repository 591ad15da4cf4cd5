-- What wrk sends: a POST of 64 bytes, built once, so that the load generator costs as little as with its plain GET.
wrk.method = "POST"
wrk.body = string.rep("x", 64)
