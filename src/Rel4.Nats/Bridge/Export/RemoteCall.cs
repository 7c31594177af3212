namespace Rel4.Nats.Bridge;

/// <summary>Is a call or send of a client elsewhere that is carried out here.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Header">What it began with.</param>
internal sealed record RemoteCall(RemoteClient Client, MessageHeader Header)
{
    private int _looks;

    /// <summary>Gets the bytes of the one message that it came in; 0 if it came in parts.</summary>
    public int Bytes { get; init; }

    /// <summary>Gets or sets how many looks there were since its last part came.</summary>
    public int SilentLooks { get; set; }

    /// <summary>Gets whether it is under way for long enough that its bridge is told so.</summary>
    public bool IsLong => _looks > 1;

    /// <summary>Gets or sets what puts it together, if it is long.</summary>
    public Assembly? Request { get; set; }

    /// <summary>Gets or sets what sends its answer, if that is long.</summary>
    public PartSender? Answer { get; set; }

    /// <summary>Gets whether it is carried out: all of it is there.</summary>
    public bool IsCarriedOut => Request is not { IsComplete: false };

    /// <summary>Takes note of a look at it, one in a second.</summary>
    public void Age()
    {
        _looks++;
        // What waits for memory is not let go on.
        if (Request is not { IsReserved: false })
            SilentLooks++;
    }

    /// <summary>Lets go of what it has.</summary>
    public void End()
    {
        Answer?.End();
        Request?.Dispose();
    }
}
