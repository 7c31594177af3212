using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.Lanes;

/// <summary>Writes what it likes where a thread with a lane can write.</summary>
internal static unsafe class Scribbler
{
    /// <summary>Does so for a thread, with numbers near those in use, so that they are taken for good.</summary>
    public static void Scribble(TaskThread thread, Random random, int times, ScribblerReach reach = ScribblerReach.All)
    {
        if (thread.Lane is not { } lane)
            return;
        TrapPage* trap = thread.Page;
        for (int i = 0; i < times; i++)
        {
            ulong now = lane.Word.Raw >> 32;
            uint near = (uint)now + (uint)random.Next(-1, 3);
            switch (random.Next(reach == ScribblerReach.Page ? 7 : 13))
            {
                case 0:
                    Volatile.Write(ref lane.Page->Calls.Number, near);
                    Futex.Wake(&lane.Page->Calls.Number);
                    break;
                case 1:
                    Volatile.Write(ref lane.Page->Replies.Number, near);
                    Futex.Wake(&lane.Page->Replies.Number);
                    break;
                case 2:
                    lane.Page->Calls.Sleeping = lane.Page->Replies.Sleeping = (uint)random.Next(2);
                    break;
                case 3:
                    lane.Page->Calls.Info = (ulong)random.NextInt64();
                    lane.Page->Replies.Info = (ulong)random.NextInt64();
                    break;
                case 4:
                    random.NextBytes(new Span<byte>(lane.Page, LanePage.Size));
                    break;
                case 5:
                    for (int wakes = random.Next(100); wakes > 0; wakes--)
                        Futex.Wake(random.Next(2) == 0 ? &lane.Page->Calls.Number : &lane.Page->Replies.Number);
                    break;
                case 6:
                    Thread.Yield();
                    break;
                case 7:
                    Volatile.Write(ref trap->Lane, new LaneWord((LaneState)random.Next((int)LaneState.Handling + 2), near).Raw);
                    break;
                case 8:
                    trap->Call.Number = (Syscall)random.Next(-10, 10);
                    trap->Call.Capability = (ulong)random.Next(20);
                    trap->Call.Info = new MessageInfo((ulong)random.NextInt64());
                    break;
                case 9:
                    trap->LaneBadge = (ulong)random.NextInt64();
                    trap->LaneCapability = (ulong)random.Next(20);
                    break;
                case 10:
                    Descriptors.Ring(thread.Doorbell);
                    break;
                case 11:
                    trap->Sleeping = (uint)random.Next(2);
                    trap->Polled = (uint)random.Next(2);
                    break;
                default:
                    trap->Completion = near;
                    Futex.Wake(&trap->Completion);
                    break;
            }
        }

        // So that its own next calls mean something to it.
        if (reach == ScribblerReach.All)
            trap->Request = (uint)random.Next();
    }
}
