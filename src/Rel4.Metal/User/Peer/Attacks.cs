using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Metal.User;

/// <summary>Does what no honest task does: goes around the runtime, by the broker's own messages.</summary>
internal static unsafe class Attacks
{
    private const ulong Spare = BrokerLayout.FirstFree + 32;
    private const int Patience = 100_000;

    private static BrokerPage* Page => (BrokerPage*)BrokerLayout.Page;

    /// <summary>See <see cref="PairRole.Forge"/>.</summary>
    public static CoTask ForgeAsync()
    {
        ulong forged = 0;
        for (int i = 0; i < Program.Count; i++)
        {
            // Nothing, capabilities of its own that are no tickets, and one that comes by a message but is a task's own.
            Open(0);
            Open(BrokerLayout.Bell);
            Open(BrokerLayout.Broker);
            Open(PairLayout.Endpoint);
            forged += 4;

            // A ticket that was let go, and one that it presents itself.
            if (TryAsk(out int number))
            {
                _ = SeL4.CNode_Copy(BrokerLayout.Node, Spare, BrokerLayout.NodeBits, BrokerLayout.Node, BrokerLayout.Ticket, BrokerLayout.NodeBits, CapRights.All);
                Leave(number);
                Open(Spare);
                forged++;
                Drop(Spare);
            }

            TaskRuntime.DropTicket();
            if (TryAsk(out number))
            {
                ulong word = 0;
                SeL4.SetCap(0, BrokerLayout.Ticket);
                if (TaskRuntime.TryAsk(BrokerLabel.Accept, ref word, capabilities: 1))
                    forged += 1000;
                Leave(number);
            }

            TaskRuntime.DropTicket();
        }

        RootTask.Tell(forged);
        return Rest();
    }

    /// <summary>See <see cref="PairRole.Hoard"/>.</summary>
    public static CoTask HoardAsync()
    {
        ulong got = 0, twice = 0;
        while (TryAsk(out _))
        {
            TaskRuntime.DropTicket();
            got++;
        }

        for (int i = 0; i < BrokerLayout.Channels + 8; i++)
        {
            Leave(i);
            if (Leave(i))
                twice++;
        }

        RootTask.Tell(got, twice);
        return Rest();
    }

    /// <summary>See <see cref="PairRole.OpenWithoutEnd"/>.</summary>
    public static CoTask OpenWithoutEndAsync()
    {
        ulong opened = 0, refused = 0;
        for (int i = 0; i < Program.Count; i++)
        {
            ChannelStage stage = Open(out int number);
            if (stage == ChannelStage.Closed)
                refused++;
            if (stage != ChannelStage.Open)
                continue;
            opened++;
            Leave(number);
        }

        RootTask.Tell(opened, refused);
        return Rest();
    }

    /// <summary>See <see cref="PairRole.OpenMany"/>.</summary>
    public static CoTask OpenManyAsync()
    {
        ulong opened = 0;
        for (int i = 0; i < Program.Count; i++)
            opened += TryOpen(out _) ? 1UL : 0;
        RootTask.Tell(opened);
        return Rest();
    }

    /// <summary>See <see cref="PairRole.WriteGarbage"/>.</summary>
    public static CoTask WriteGarbageAsync()
    {
        // Who had the channel before may have to leave it first.
        bool isOpen = TryOpen(out int number);
        for (int i = 0; i < Patience && !isOpen; i++)
            isOpen = TryOpen(out number);
        var random = new SplitMix(7);
        if (isOpen)
        {
            var words = (ulong*)BrokerLayout.OwnFrameOf(number);
            for (ulong i = 0; i < BrokerLayout.FrameBytes / sizeof(ulong); i++)
                words[i] = random.Next();
            ChannelEntry* entry = BrokerPage.Entry(Page, number);
            if (entry->Sender != 0)
                Interruptions.Send(entry->Sender - 1);
            else
                SeL4.Signal(BrokerLayout.PeerBells + (ulong)number);
        }

        RootTask.Tell(isOpen ? 1UL : 0);
        return Rest();
    }

    /// <summary>See <see cref="PairRole.AcceptTwice"/>.</summary>
    public static CoTask AcceptTwiceAsync()
    {
        while (true)
        {
            MessageInfo info = SeL4.Recv(PairLayout.Endpoint, out ulong badge);
            if ((badge & BrokerLayout.IsMessage) == 0)
                continue;
            ulong number = 0, again = 0;
            _ = SeL4.CNode_Copy(BrokerLayout.Node, Spare, BrokerLayout.NodeBits, BrokerLayout.Node, BrokerLayout.Ticket, BrokerLayout.NodeBits, CapRights.All);
            SeL4.SetCap(0, BrokerLayout.Ticket);
            bool first = TaskRuntime.TryAsk(BrokerLabel.Accept, ref number, capabilities: 1);
            SeL4.SetCap(0, Spare);
            bool second = TaskRuntime.TryAsk(BrokerLabel.Accept, ref again, capabilities: 1);
            TaskRuntime.DropTicket();
            Drop(Spare);
            RootTask.Tell(info.ExtraCaps, first ? 1UL : 0, second ? 1UL : 0);
        }
    }

    /// <summary>See <see cref="PairRole.TakeMemory"/>.</summary>
    public static CoTask TakeMemoryAsync() => WriteLongAsync(isWhole: true);

    /// <summary>See <see cref="PairRole.BeginLong"/>.</summary>
    public static CoTask BeginLongAsync() => WriteLongAsync(isWhole: false);

    /// <summary>See <see cref="PairRole.AcceptAndLeave"/>.</summary>
    public static CoTask AcceptAndLeaveAsync()
    {
        while (true)
        {
            SeL4.Recv(PairLayout.Endpoint, out ulong badge);
            if ((badge & BrokerLayout.IsMessage) == 0)
                continue;
            ulong number = 0;
            SeL4.SetCap(0, BrokerLayout.Ticket);
            bool isOpen = TaskRuntime.TryAsk(BrokerLabel.Accept, ref number, capabilities: 1);
            TaskRuntime.DropTicket();
            if (!isOpen)
                continue;

            // Once the client has joined and called, so that all is made that a channel takes.
            var first = (ulong*)(BrokerLayout.OwnFrameOf((int)number) + BrokerLayout.FrameBytes + ChannelFrame.HeaderSize);
            for (int i = 0; i < Patience && Volatile.Read(ref *first) == 0; i++)
                SeL4.Yield();
            Leave((int)number);
        }
    }

    private static CoTask WriteLongAsync(bool isWhole)
    {
        ulong written = 0;
        for (int i = 0; i < Program.Count && TryOpen(out int number); i++)
            written += TryWriteLong(number, isWhole) ? 1UL : 0;
        RootTask.Tell(written);
        return Rest();
    }

    /// <summary>Writes one message of the longest that there are, which the server forgets, in fragments; or only the first of them.</summary>
    private static bool TryWriteLong(int number, bool isWhole)
    {
        var own = (ChannelFrame*)BrokerLayout.OwnFrameOf(number);
        var peer = (ChannelFrame*)((byte*)own + BrokerLayout.FrameBytes);
        var doorbell = new ChannelDoorbell(BrokerPage.Entry(Page, number)->Sender, BrokerLayout.PeerBells + (ulong)number);
        // With memory leased that is not used there is none to lend.
        if (ChannelEnd.TryJoin(own, peer, (nuint)BrokerLayout.FrameBytes, doorbell, TaskRuntime.Options, out _) is not { } end
            || !end.TryLease(BrokerLayout.MostMessageBytes, out _))
            return false;
        var transfer = new MessageTransfer(RecordKind.Send, 0, PairLabel.Forget);
        var outcome = WriteOutcome.More;
        for (int i = 0; i < Patience && (outcome is WriteOutcome.More or WriteOutcome.Full); i++)
        {
            outcome = end.TryContinue(ref transfer, new ReadOnlySpan<byte>(peer, BrokerLayout.MostMessageBytes));
            doorbell.Ring();
            SeL4.Yield();
            if (!isWhole)
                return outcome == WriteOutcome.More;
        }

        return outcome == WriteOutcome.Done;
    }

    private static CoTask Rest() => Sleeping.ForEverAsync();

    private static void Open(ulong capability)
    {
        SeL4.SetCap(0, capability);
        SeL4.Send(PairLayout.Endpoint, new MessageInfo((ulong)BrokerLabel.Open, 0, capability == 0 ? 0U : 1, 0));
    }

    private static bool TryAsk(out int number)
    {
        ulong word = PairLayout.Endpoint;
        bool hasTicket = TaskRuntime.TryAsk(BrokerLabel.Ask, ref word);
        number = (int)word;
        return hasTicket;
    }

    private static bool TryOpen(out int number) => Open(out number) == ChannelStage.Open;

    private static ChannelStage Open(out int number)
    {
        if (!TryAsk(out number))
            return ChannelStage.Free;
        Open(BrokerLayout.Ticket);
        TaskRuntime.DropTicket();
        ChannelEntry* entry = BrokerPage.Entry(Page, number);
        for (int i = 0; i < Patience && Volatile.Read(ref entry->Stage) == (uint)ChannelStage.Asked; i++)
            SeL4.Yield();
        var stage = (ChannelStage)entry->Stage;
        if (stage != ChannelStage.Open)
            Leave(number);
        return stage;
    }

    private static bool Leave(int number)
    {
        ulong word = (ulong)number;
        return TaskRuntime.TryAsk(BrokerLabel.Leave, ref word);
    }

    private static void Drop(ulong slot) => _ = SeL4.CNode_Delete(BrokerLayout.Node, slot, BrokerLayout.NodeBits);
}
