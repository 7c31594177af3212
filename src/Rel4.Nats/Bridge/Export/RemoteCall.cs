namespace Rel4.Nats.Bridge;

/// <summary>Is a call or send of a client elsewhere that is carried out here.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Header">What it began with.</param>
internal sealed record RemoteCall(RemoteClient Client, MessageHeader Header)
{
    /// <summary>Gets when it came, in milliseconds.</summary>
    public long Begin { get; } = Environment.TickCount64;

    /// <summary>Gets or sets when the last part of it came.</summary>
    public long LastPart { get; set; } = Environment.TickCount64;

    /// <summary>Gets or sets what puts it together, if it is long.</summary>
    public Assembly? Request { get; set; }

    /// <summary>Gets or sets what sends its answer, if that is long.</summary>
    public PartSender? Answer { get; set; }

    /// <summary>Gets whether it is carried out: all of it is there.</summary>
    public bool IsCarriedOut => Request is not { IsComplete: false };

    /// <summary>Lets go of what it has.</summary>
    public void End()
    {
        Answer?.End();
        Request?.Dispose();
    }
}
