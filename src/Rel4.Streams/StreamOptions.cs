using Rel4.Runtime;
using Rel4.Streams.Internal;

namespace Rel4.Streams;

/// <summary>Sets what connections may take at this side.</summary>
public sealed class StreamOptions
{
    /// <summary>Gets or sets the bytes that wait in each direction of a connection, before its writer waits: 65,536 unless set.</summary>
    /// <remarks>
    /// A connection has up to so many bytes, and one piece of 31 KiB, that arrived and were not read, and as many that were written and not sent. Up to four pieces are on
    /// their way in each direction besides, in the memory of the channel or in that which <see cref="ReL4.MemoryPerPeer"/> allows.
    /// </remarks>
    public int BufferBytes { get; set; } = 64 << 10;

    /// <summary>Gets or sets how many connections clients of one badge may have: 128 unless set. At a listener.</summary>
    public int MaxConnectionsPerBadge { get; set; } = 128;

    /// <summary>Gets or sets how many connections there may be in all, those that were not accepted yet among them: 1,024 unless set. At a listener.</summary>
    public int MaxConnections { get; set; } = 1024;

    /// <summary>Gets or sets for how long a disposed connection waits until the other side has taken the last bytes, before it aborts: 5 seconds unless set.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Copies what is set, checked: later changes change nothing.</summary>
    internal StreamOptions Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, 4096);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BufferBytes, 64 << 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnectionsPerBadge, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxConnections, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CloseTimeout, TimeSpan.Zero);
        return (StreamOptions)MemberwiseClone();
    }

    /// <summary>Copies what is set for a listener.</summary>
    /// <exception cref="ArgumentException">A badge's connections may take more than the runtime hands out for it, so that some could hold up others.</exception>
    internal StreamOptions CheckedForListener()
    {
        StreamOptions options = Checked();
        long most = ReL4.MemoryPerPeer / StreamProtocol.MemoryPerConnection;
        if (MaxConnectionsPerBadge > most)
        {
            throw new ArgumentException(
                $"MaxConnectionsPerBadge is {MaxConnectionsPerBadge}, and with ReL4.MemoryPerPeer of {ReL4.MemoryPerPeer} bytes one badge can have {most} connections that don't hold up each other. "
                + $"Set it to that or less, or ReL4.MemoryPerPeer to {StreamProtocol.MemoryPerConnection} bytes a connection before it listens.");
        }

        return options;
    }
}
