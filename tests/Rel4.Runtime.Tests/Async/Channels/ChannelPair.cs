using Rel4.Abi;
using Rel4.Runtime.Channels;

namespace Rel4.Runtime.Tests.Async.Channels;

/// <summary>Joins two ends to a channel.</summary>
internal sealed unsafe class ChannelPair : IDisposable
{
    public const int SmallFrame = 4096;

    /// <summary>The lines of a ring in a small frame.</summary>
    public const int SmallLines = 56;

    /// <summary>As many lines as can be written: one stays free.</summary>
    public const int MostLines = SmallLines - 1;

    /// <summary>Units that each end of <see cref="Lending"/> lends.</summary>
    public const int Units = 9;

    /// <summary>Makes a pair whose ends lend memory.</summary>
    public static ChannelPair Lending(int maxMessageBytes = ChannelOptions.LargestMessageBytes) => new(
        (Units + 1) * ChannelFrame.UnitSize,
        new ChannelOptions { RingLines = (ChannelFrame.UnitSize - ChannelFrame.HeaderSize) / ChannelFrame.LineSize, MaxMessageBytes = maxMessageBytes });

    public ChannelPair(int frameSize = SmallFrame, ChannelOptions? options = null)
    {
        ChannelOptions used = options ?? new ChannelOptions();
        ClientFrame = new SharedFrame(frameSize);
        ServerFrame = new SharedFrame(frameSize);
        ChannelEnd.Format(ClientFrame.Owner, ClientFrame.Length, used);
        ChannelEnd.Format(ServerFrame.Owner, ServerFrame.Length, used);
        Client = Open(ClientFrame, ServerFrame, ServerBell, used with { Channel = 1 });
        Server = Open(ServerFrame, ClientFrame, ClientBell, used with { Channel = 2 });
    }

    public SharedFrame ClientFrame { get; }

    public SharedFrame ServerFrame { get; }

    public TestDoorbell ClientBell { get; } = new();

    public TestDoorbell ServerBell { get; } = new();

    public ChannelEnd Client { get; }

    public ChannelEnd Server { get; }

    /// <summary>Sends a message, however long it is, and takes it at the other end.</summary>
    public ChannelMessage Pass(byte[] message)
    {
        ChannelMessage? arrived = null;
        var transfer = new MessageTransfer(RecordKind.Send, 0, 0);
        for (WriteOutcome outcome = WriteOutcome.More; arrived is null;)
        {
            if (outcome != WriteOutcome.Done)
                outcome = Client.TryContinue(ref transfer, message);
            Client.Flush();
            Server.TryRead(out arrived!);
            if (Server.HoldsBack)
                Server.TryMoveOut();
            Server.Flush();
        }

        return arrived;
    }

    public void AssertInvariants()
    {
        Client.AssertInvariants();
        Server.AssertInvariants();
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        ClientFrame.Dispose();
        ServerFrame.Dispose();
    }

    private static ChannelEnd Open(SharedFrame own, SharedFrame peer, Doorbell doorbell, ChannelOptions options) =>
        ChannelEnd.TryOpen(own.Owner, peer.Peer, peer.Length, doorbell, options, out ProtocolViolation? violation)
        ?? throw new InvalidOperationException(violation!.ToString());
}

/// <summary>Counts rings, and lets one thread sleep until there is one.</summary>
internal sealed class TestDoorbell : Doorbell, IDisposable
{
    private readonly SemaphoreSlim _rung = new(0);

    public int Rings { get; private set; }

    public override void Ring()
    {
        Rings++;
        _rung.Release();
    }

    /// <summary>Sleeps until the doorbell rings, or has rung since the last time.</summary>
    /// <returns>False if it did not ring in time.</returns>
    public bool TrySleep(TimeSpan limit)
    {
        if (!_rung.Wait(limit))
            return false;
        while (_rung.Wait(0))
        {
        }

        return true;
    }

    public void Dispose() => _rung.Dispose();
}
