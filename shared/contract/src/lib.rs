//! oms-contract
