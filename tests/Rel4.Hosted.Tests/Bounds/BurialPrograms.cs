using System.Diagnostics;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Hosted.Tests.Hostile;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Bounds;

/// <summary>Holds a task whose burial is long, and one that measures what is left to others meanwhile.</summary>
internal static class BurialPrograms
{
    private const int Windows = 40;

    /// <summary>Dies with a CNode whose slots are nearly all empty, as the CSpace of one more thread, and behind them CNodes that take long to delete.</summary>
    public static unsafe void DieWithALargeCNode()
    {
        ulong tcb = MachineUser.Make(ObjectType.Tcb), frame = MachineUser.Make(ObjectType.Page4K);
        RuntimeHoldings holdings = MachineUser.Machine.Holdings;
        byte bits = 16;
        var nodes = new List<ulong>();
        try
        {
            for (; bits < 20; bits++)
            {
                ulong slot = MachineUser.TakeSlot();
                holdings.Memory.Retype(ObjectType.CapTable, holdings.CNode[slot], (byte)(bits + 1));
                nodes.Add(slot);
            }
        }
        catch (SeL4Exception full) when (full.Error == SeL4Error.NotEnoughMemory && nodes.Count > 1)
        {
        }

        var root = new CNode(nodes[^1], bits);
        ulong place = (1UL << bits) - 1;
        foreach (ulong node in nodes.SkipLast(1))
            root.Move(holdings.CNode[node], place--);
        var thread = new Tcb(tcb);
        thread.Configure(root, holdings.VSpace, TrapPage.Size, new Frame(frame));
        MachineUser.Machine.StartThread(thread, "holds", static () => Thread.Sleep(Timeout.Infinite));
        Interlocked.Increment(ref HostileBoard.Map()->Steps);
        HostileBoard.AwaitAttack();
        Environment.Exit(0);
    }

    /// <summary>Counts its calls in windows of 50 ms, and says how many one held that a quarter of them fall below, and how many the median of the
    /// first eighth, after which the other dies.</summary>
    public static unsafe void CountCalls()
    {
        HostileBoard* board = HostileBoard.Map();
        while (Volatile.Read(ref board->Steps) == 0)
            Thread.Sleep(1);
        var calls = new int[Windows];
        for (int i = 0; i < Windows; i++)
        {
            if (i == Windows / 8)
                Volatile.Write(ref board->Begun, 1);
            long start = Stopwatch.GetTimestamp();
            for (; Stopwatch.GetElapsedTime(start) < TimeSpan.FromMilliseconds(50); calls[i]++)
                AsyncSystem.Endpoint.Call((ulong)Order.Echo, 1);
        }

        Console.WriteLine($"{calls.Skip(Windows / 8).Order().ElementAt(Windows / 4)} {calls.Take(Windows / 8).Order().ElementAt(Windows / 16)}");
    }
}
