// The names of the EgressIntent API in Kubernetes.
export const API_GROUP = 'egressintent.io';
export const API_VERSION = 'v1alpha1';
export const API = `${API_GROUP}/${API_VERSION}`;
export const KIND = 'EgressIntent';
export const PLURAL = 'egressintents';
