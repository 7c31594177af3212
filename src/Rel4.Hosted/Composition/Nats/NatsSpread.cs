namespace Rel4.Hosted.Composition;

/// <summary>Names how calls are spread over the systems that export one subject.</summary>
public enum NatsSpread
{
    /// <summary>
    /// Each client goes to one of them, and stays there until either ends: as on one machine, where a client has a channel to one server. Contracts' cancellation, streams and callbacks,
    /// and byte streams, are of several messages, and need this.
    /// </summary>
    Clients,

    /// <summary>Each call goes to one of them by itself. For calls that stand alone.</summary>
    Calls,
}
