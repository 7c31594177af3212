namespace Rel4.Contracts;

/// <summary>The words for the other side, in what is said of its errors.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Call">What it was called for.</param>
/// <param name="Method">What has run there.</param>
/// <param name="Failure">What is said of a failure without details.</param>
/// <param name="OtherContract">What to do where it serves another contract.</param>
/// <param name="TooMany">What is said where it has enough to do.</param>
internal sealed record Peer(string Name, string Call, string Method, string Failure, string OtherContract, string TooMany)
{
    /// <summary>Gets a client's words for its server.</summary>
    public static Peer Server { get; } = new(
        "server",
        "call",
        "The server's method",
        "The server's method has failed by an exception that is not for clients. The server's log says which.",
        "Look at which endpoint was granted.",
        "this client's badge has too many calls, or too many with streams or callbacks, under way. Wait for some of them, or raise the server's limit.");

    /// <summary>Gets a server's words for a client whose callback it calls.</summary>
    public static Peer Client { get; } = new(
        "client",
        "callback",
        "The client's callback",
        "The client's callback has failed by an exception that is not for the server. The client's own call ends by it, unless this is dealt with here.",
        "The two sides were built from different interfaces.",
        "it has as many callbacks of the call under way as it takes (ContractClientOptions.MaxCallbacksPerCall).");
}
