using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Tries to break out, or to take others along.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main() => Commands.Serve(&Execute);

    private static void Execute(CommandPage* page)
    {
        switch (page->Command)
        {
            case WorkerCommand.Overflow:
                page->Badge = Overflow(page->Argument);
                break;
            case WorkerCommand.Flood:
                Flood();
                break;
            case WorkerCommand.Fuzz:
                Fuzz(page);
                break;
        }
    }

    /// <summary>Needs a frame of the stack for each level, and has no end.</summary>
    private static ulong Overflow(ulong depth) => depth == ulong.MaxValue ? 0 : Overflow(depth + 1) + depth;

    private static void Flood()
    {
        while (true)
        {
            for (ulong slot = 0; slot < 1UL << TaskLayout.NodeBits; slot++)
                SeL4.NBSendWithMRs(slot, new MessageInfo(slot, 0, 0, Limits.MessageWords), slot, slot, slot, slot);
        }
    }

    private static void Fuzz(CommandPage* page)
    {
        var random = new Random(page->Target);
        IpcBuffer* buffer = SeL4.GetIPCBuffer();
        for (; page->Turns < page->Argument; page->Turns++)
        {
            for (int word = 0; word < IpcBuffer.Size / sizeof(ulong); word++)
                (&buffer->Tag)[word] = random.NextWord();

            // Slots of its own CNode: anything else is a fault, which ends it.
            for (int i = 0; i < Limits.ExtraCaps; i++)
                buffer->CapsOrBadges[i] = random.NextSlot();
            ulong capability = random.NextSlot();
            var info = new MessageInfo(random.NextWord() & 0x3F, 0, (uint)random.NextWord() & 3, (uint)random.NextWord() & 0x7F);
            ulong word0 = random.NextWord(), word1 = random.NextWord(), word2 = random.NextWord(), word3 = random.NextWord();

            // Nothing that waits: a Call is answered at once by what is no endpoint.
            if (capability is TaskLayout.EndpointSlot or TaskLayout.FaultSlot)
                SeL4.NBSendWithMRs(capability, info, word0, word1, word2, word3);
            else
                SeL4.CallWithMRs(capability, info, ref word0, ref word1, ref word2, ref word3);
        }
    }

    /// <summary>Makes words that are often small, as slots and labels are, and otherwise anything.</summary>
    private struct Random(ulong seed)
    {
        private SplitMix _words = new(seed);

        public ulong NextSlot() => NextWord() % (1UL << TaskLayout.NodeBits);

        public ulong NextWord()
        {
            ulong word = _words.Next();
            return (word & 7) == 0 ? word : (word >> 8) & 0x1F;
        }
    }
}
