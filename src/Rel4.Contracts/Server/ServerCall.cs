using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Rel4.Contracts.Wire;
using Rel4.Runtime;

namespace Rel4.Contracts;

/// <summary>One call under way at a contract's server, used again for others.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Its timer is disarmed, and nobody asks for its wait handle: there is nothing to dispose of.")]
internal sealed class ServerCall
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(20);

    private CancellationTokenSource _cancellation = NewSource();

    /// <summary>Gets the next that is free.</summary>
    public ServerCall? NextFree { get; set; }

    public IpcRequest Request { get; private set; }

    public ulong Badge { get; private set; }

    public uint Method { get; private set; }

    public ulong Number { get; private set; }

    public long Deadline { get; private set; }

    /// <summary>Gets what tells that its caller is gone, while it is listed.</summary>
    public CancellationTokenRegistration CallerGone { get; set; }

    /// <summary>Gets or sets whether the call waits in its method, and is counted and found by its number.</summary>
    public bool IsListed { get; set; }

    /// <summary>Gets or sets the stream that the method returns; null if it returns none.</summary>
    public ServerStream? Stream { get; set; }

    /// <summary>Gets or sets the streams and callbacks that its client gave with it; null if there are none.</summary>
    public ServerCallParts? Parts { get; set; }

    /// <summary>Gets whether it counts as one with streams or callbacks.</summary>
    public bool IsLong => Stream is not null || Parts is not null;

    /// <summary>Gets or sets its activity; null if nobody traces.</summary>
    public Activity? Activity { get; set; }

    public CancellationToken Token => _cancellation.Token;

    public bool IsPastDeadline => Deadline != 0 && DeadlineClock.Now >= Deadline;

    public void Begin(IpcRequest request, in MessageHeader header)
    {
        Request = request;
        Badge = request.Badge;
        (Method, Number, Deadline) = (header.Method, header.Number, header.Deadline);
        if (Deadline == 0)
            return;
        // What a client says is any number.
        long left = Math.Clamp(Deadline, 0, long.MaxValue / 2) - DeadlineClock.Now;
        _cancellation.CancelAfter(left <= 0 ? TimeSpan.Zero : left < s_longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(left) : s_longest);
    }

    /// <summary>Cancels the method's token.</summary>
    /// <returns>What a callback threw.</returns>
    public Exception? Cancel()
    {
        try
        {
            _cancellation.Cancel();
            return null;
        }
        catch (AggregateException failed)
        {
            return failed;
        }
    }

    /// <summary>Makes it one that another call can have.</summary>
    public void Clear()
    {
        Request = default;
        Stream = null;
        Parts = null;
        if (_cancellation.TryReset())
            return;
        _cancellation.Dispose();
        _cancellation = NewSource();
    }

    private static CancellationTokenSource NewSource() =>
        DeadlineClock.Current is var clock && clock == TimeProvider.System ? new() : new(Timeout.InfiniteTimeSpan, clock);
}
