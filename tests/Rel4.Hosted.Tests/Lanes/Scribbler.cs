using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Writes what it likes where a thread with a lane can write.</summary>
internal static unsafe class Scribbler
{
    /// <summary>Does so for the calling thread, with numbers near those in use, so that they are taken for good.</summary>
    public static void Scribble(Random random, int times)
    {
        TaskThread thread = TaskThread.Current!;
        if (thread.Lane is not { } lane)
            return;
        TrapPage* trap = thread.Page;
        for (int i = 0; i < times; i++)
        {
            ulong now = lane.Word.Raw >> 32;
            uint near = (uint)now + (uint)random.Next(-1, 3);
            switch (random.Next(10))
            {
                case 0:
                    Volatile.Write(ref trap->Lane, new LaneWord((LaneState)random.Next(4), near).Raw);
                    break;
                case 1:
                    Volatile.Write(ref lane.Page->Calls.Number, near);
                    Futex.Wake(&lane.Page->Calls.Number);
                    break;
                case 2:
                    Volatile.Write(ref lane.Page->Replies.Number, near);
                    Futex.Wake(&lane.Page->Replies.Number);
                    break;
                case 3:
                    lane.Page->Calls.Sleeping = lane.Page->Replies.Sleeping = (uint)random.Next(2);
                    break;
                case 4:
                    lane.Page->Calls.Info = (ulong)random.NextInt64();
                    lane.Page->Replies.Info = (ulong)random.NextInt64();
                    break;
                case 5:
                    trap->Call.Number = (Syscall)random.Next(-10, 10);
                    trap->Call.Capability = (ulong)random.Next(20);
                    trap->Call.Info = new MessageInfo((ulong)random.NextInt64());
                    break;
                case 6:
                    trap->LaneBadge = (ulong)random.NextInt64();
                    break;
                case 7:
                    Descriptors.Ring(thread.Doorbell);
                    break;
                case 8:
                    random.NextBytes(new Span<byte>(lane.Page, LanePage.Size));
                    break;
                default:
                    Thread.Yield();
                    break;
            }
        }

        // So that its own next calls mean something to it.
        trap->Request = (uint)random.Next();
    }
}
