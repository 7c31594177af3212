using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to find capabilities that are not there.</summary>
internal static class LookupTrespasses
{
    private const int WildAddresses = 4096;

    private static readonly ulong[] s_labels =
    [
        .. Enum.GetValues<InvocationLabel>().Select(label => (ulong)label),
        (ulong)HostedLabel.VSpaceAttach,
        0x4C34_0102,
        0xF_FFFF_FFFF_FFFF,
    ];

    public static Finding Find()
    {
        ulong destination = Held.TakeSlot();
        return Held.TryUngranted(Held.Self, address => Copy(destination, address, Limits.WordBits));
    }

    public static Finding Invoke()
    {
        foreach (ulong label in s_labels)
        {
            Finding finding = Held.TryUngranted(Held.Page, address => Reach(address, label));
            if (finding.Succeeded)
                return finding;
        }

        return Finding.Refused(nameof(SeL4Error.InvalidCapability));
    }

    public static Finding UseWildAddress()
    {
        var random = new Random(1);
        var wild = new HashSet<ulong>();
        while (wild.Count < WildAddresses)
            wild.Add((ulong)random.NextInt64() | (1ul << random.Next(10, Limits.WordBits)));
        foreach (ulong held in Held.Addresses)
            wild.UnionWith(Enumerable.Range(10, Limits.WordBits - 10).Select(bit => held | (1ul << bit)));
        if (Held.IsOwner)
            wild.Add(Held.Page);
        foreach (ulong address in wild)
        {
            Finding sent = Finding.Of(() => Finding.Of(Reach(address, (ulong)InvocationLabel.X86PageGetAddress)));
            if (sent.Succeeded)
                return Finding.Success($"call of {address:x}");
            Finding received = Finding.Of(() => Finding.Success(SeL4.NBRecv(address, out _).Raw.ToString()));
            if (received.Succeeded)
                return Finding.Success($"receive from {address:x}");
        }

        return Finding.Refused($"{wild.Count} faults");
    }

    public static Finding ReachThroughDepth()
    {
        ulong destination = Held.TakeSlot();
        for (int depth = 0; depth <= byte.MaxValue; depth++)
        {
            if (depth == Limits.WordBits && !Held.IsOwner)
                continue;
            foreach (ulong held in Held.Addresses)
            {
                foreach (ulong index in (ReadOnlySpan<ulong>)[held, held << 56, held << 48, held << 8, 0, ulong.MaxValue])
                {
                    if (Copy(destination, index, (byte)depth) == SeL4Error.NoError)
                        return Finding.Success($"depth {depth}, index {index:x}");
                }
            }
        }

        return Finding.Refused($"{nameof(SeL4Error.FailedLookup)}, {nameof(SeL4Error.RangeError)}");
    }

    private static SeL4Error Copy(ulong destination, ulong source, byte depth) =>
        SeL4.CNode_Copy(Held.CNode, destination, Limits.WordBits, Held.CNode, source, depth, CapRights.All);

    /// <summary>Calls a method, and tells whether there was an object to have or to lack it.</summary>
    private static SeL4Error Reach(ulong address, ulong label)
    {
        ReceivedMessage answer = new EndpointCap(address).Call(label, [1, 1, 1, 1, 1, 1, 1, 1], [Held.Self]);
        return (SeL4Error)answer.Label == SeL4Error.InvalidCapability && answer[0] == 0 ? SeL4Error.InvalidCapability : SeL4Error.NoError;
    }
}
