using Rel4.Runtime;

namespace Rel4.Nats.Bridge;

/// <summary>Is a call or send of a client here that was passed on, or is about to be.</summary>
/// <param name="Request">The client's.</param>
/// <param name="Number">Its number, as the exporter knows it.</param>
internal sealed record OutstandingCall(IpcRequest Request, uint Number)
{
    /// <summary>Gets whether the client waits for an answer.</summary>
    public bool IsCall { get; } = Request.IsCall;

    /// <summary>Gets or sets how many looks there were since the last sign of it.</summary>
    public int SilentLooks { get; set; }

    /// <summary>Gets or sets whether all of it was sent, as far as can be told: without its last part nobody carries it out.</summary>
    public bool IsSent { get; set; }

    /// <summary>Gets the bytes of the one message that it goes in; 0 if it goes in parts.</summary>
    public int Bytes { get; init; }

    /// <summary>Gets whether it has ended.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Gets or sets what sends it, if it is long.</summary>
    public PartSender? Parts { get; set; }

    /// <summary>Gets or sets the exporter that its parts go to.</summary>
    public string? Exporter { get; set; }

    /// <summary>Gets or sets what puts its answer together, if that is long.</summary>
    public Assembly? Answer { get; set; }

    /// <summary>Gets or sets the label of its answer, if that is long.</summary>
    public ushort AnswerLabel { get; set; }

    /// <summary>Lets go of what it has, without an answer.</summary>
    public void End()
    {
        IsEnded = true;
        Parts?.End();
        Answer?.Dispose();
    }
}
