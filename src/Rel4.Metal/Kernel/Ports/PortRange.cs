namespace Rel4.Metal.Kernel;

/// <summary>Names the ports from one up to and including another; the address in a port capability.</summary>
internal readonly unsafe struct PortRange
{
    private const int PortCount = 1 << 16;

    private static IssuedPorts s_issued;

    public PortRange(ulong raw) => Raw = raw;

    public PortRange(ushort first, ushort last) => Raw = ((ulong)first << 16) | last;

    /// <summary>Gets the number of ports that are issued.</summary>
    public static ulong IssuedCount
    {
        get
        {
            ulong count = 0;
            for (int i = 0; i < PortCount / 64; i++)
                count += (ulong)System.Numerics.BitOperations.PopCount(s_issued.Words[i]);
            return count;
        }
    }

    public ulong Raw { get; }

    /// <summary>Gets the number of ports.</summary>
    public ulong Count => Last - First + 1;

    private ulong First => Raw >> 16;

    private ulong Last => Raw & ushort.MaxValue;

    /// <summary>Tells whether a capability to one of these ports was issued, and not deleted since.</summary>
    public static bool AnyIssued(PortRange range)
    {
        for (ulong word = range.First / 64; word <= range.Last / 64; word++)
        {
            if ((s_issued.Words[word] & range.InWord(word)) != 0)
                return true;
        }

        return false;
    }

    /// <summary>Tells whether each of these ports is issued.</summary>
    public static bool AllIssued(PortRange range)
    {
        for (ulong word = range.First / 64; word <= range.Last / 64; word++)
        {
            if ((~s_issued.Words[word] & range.InWord(word)) != 0)
                return false;
        }

        return true;
    }

    /// <summary>Takes note that the ports are issued.</summary>
    public static void Take(PortRange range)
    {
        for (ulong word = range.First / 64; word <= range.Last / 64; word++)
            s_issued.Words[word] |= range.InWord(word);
    }

    /// <summary>Takes note that the last capability to the ports is deleted.</summary>
    public static void Release(PortRange range)
    {
        for (ulong word = range.First / 64; word <= range.Last / 64; word++)
            s_issued.Words[word] &= ~range.InWord(word);
    }

    /// <summary>Tells whether so many ports from one on are in it.</summary>
    public bool Contains(ulong port, ulong count) => port >= First && port <= Last && Last - port >= count - 1;

    // A word at a time: a range has up to 65,536 ports, and no interrupt comes in between.
    private ulong InWord(ulong word)
    {
        ulong ports = ulong.MaxValue;
        if (word == First / 64)
            ports &= ulong.MaxValue << (int)(First % 64);
        if (word == Last / 64)
            ports &= ulong.MaxValue >> (int)(63 - (Last % 64));
        return ports;
    }

    private struct IssuedPorts
    {
        public fixed ulong Words[PortCount / 64];
    }
}
