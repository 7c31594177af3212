namespace Rel4.Samples.Kv.Resp;

/// <summary>Tells that a client does not speak the protocol: where its next command starts is unknown, so its connection ends.</summary>
/// <param name="message">What Redis says of it.</param>
internal sealed class RespProtocolException(string message) : Exception(message);
