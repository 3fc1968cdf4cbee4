// The older Istio that the oracle is also built with: see go.mod.
module egressintent.io/test/oracle

go 1.26.0

require istio.io/istio v0.0.0-20260423205519-b01690e6db7d

// The version that this Istio asks for is gone from the checksum database; this is the next that there is.
replace github.com/agentgateway/agentgateway/api => github.com/agentgateway/agentgateway/api v0.0.0-20260501213430-773586679f1c
