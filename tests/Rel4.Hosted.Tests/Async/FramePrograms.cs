using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds tasks that exchange frames, as two ends of a channel do when it is opened.</summary>
internal static unsafe class FramePrograms
{
    private const byte OfClient = 0xC1, OfServer = 0x5E;

    /// <summary>Offers frames and takes those of the server; then asks once more through a server that may not give any.</summary>
    public static void Offer()
    {
        Exchange(ObjectType.Page4K, "server");
        Exchange(ObjectType.LargePage, "server");
        Exchange(ObjectType.Page4K, "miser");
    }

    /// <summary>Takes frames and answers with its own.</summary>
    public static void Take()
    {
        while (true)
        {
            ulong slot = MachineUser.TakeSlot();
            TaskContext.CNode.ReceiveInto(slot);
            ReceivedMessage offer = TaskContext.Endpoint("requests").Receive();
            if (!offer.HasReceivedCapability)
                throw new InvalidOperationException("the offer has no frame");
            var type = (ObjectType)offer[0];
            Check(slot, OfClient);
            (ulong frame, _) = MakeFrame(type, OfServer);
            offer.Reply(0, [], [frame]);
        }
    }

    private static void Exchange(ObjectType type, string server)
    {
        (ulong frame, double microseconds) = MakeFrame(type, OfClient);
        ulong slot = MachineUser.TakeSlot();
        TaskContext.CNode.ReceiveInto(slot);
        ReceivedMessage answer = TaskContext.Endpoint(server).Call(0, [(ulong)type], [frame]);
        bool hasFrame = answer.HasReceivedCapability;
        if (hasFrame)
            Check(slot, OfServer);
        Console.WriteLine($"{type} {server} {hasFrame}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first mapping of a {type}: {microseconds:0} us"));
    }

    /// <summary>Makes a frame, writes into it, and derives a capability with which it can only be read.</summary>
    private static (ulong ReadOnly, double Microseconds) MakeFrame(ObjectType type, byte content)
    {
        ulong frame = MachineUser.Make(type);
        long start = Stopwatch.GetTimestamp();
        byte* memory = MachineUser.Machine.Map(new FrameCap(frame), CapRights.ReadWrite, out nuint length);
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        memory[length - 1] = content;
        return (MachineUser.Mint(frame, CapRights.Read), microseconds);
    }

    private static void Check(ulong frame, byte content)
    {
        int before = CountMappings();
        byte* memory = MachineUser.Machine.Map(new FrameCap(frame), CapRights.ReadWrite, out nuint length);
        if (memory[length - 1] != content)
            throw new InvalidOperationException("the frame is another");
        MachineUser.Machine.Unmap(memory, length);
        if (CountMappings() != before)
            throw new InvalidOperationException("the frame is mapped still");
    }

    private static int CountMappings() => File.ReadLines("/proc/self/maps").Count(line => line.Contains("/memfd:rel4-frame", StringComparison.Ordinal));
}
