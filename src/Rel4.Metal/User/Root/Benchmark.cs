using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Counts what system calls cost: instructions an iteration, user and kernel together, in all threads that take part.</summary>
/// <remarks>
/// QEMU's <c>-icount shift=0</c> makes the time-stamp counter count one an instruction. The other thread, where there is one, is a worker
/// in an address space of its own. Iterations run in batches, the least of which counts: a tick of the timer falls into some, and is no
/// part of the call. User code is the least there can be, as in seL4's own benchmark; <c>ByRuntime</c> tells what calling through
/// <see cref="SeL4"/> adds on the client's side.
/// </remarks>
internal static unsafe class Benchmark
{
    private const int Batches = 8;
    private const int Iterations = 200;
    private const uint SlowWords = 10;
    private const int RetypeBits = 16;

    private interface IOperation
    {
        /// <summary>Makes the system call that is measured.</summary>
        static abstract void Perform(ulong capability, MessageInfo info);
    }

    /// <summary>Runs all, and prints a line for each: <c>bench</c>, its name, the count.</summary>
    public static void Run(in Stage stage)
    {
        Calls<Call>("callReplyRecvFast"u8, stage, 0);
        Calls<CallByRuntime>("callReplyRecvFastByRuntime"u8, stage, 0);
        Calls<Call>("callReplyRecvSlow"u8, stage, SlowWords);
        Calls<Call>("callReplyRecvLong"u8, stage, Limits.MessageWords);

        stage.Reset();
        stage.Of(Actor.First).Command(WorkerCommand.Take, TaskLayout.EndpointSlot);
        Measure<Send>("sendRecv"u8, stage.Endpoint);

        stage.Reset();
        Measure<Send>("signalNoWaiter"u8, stage.Notification);

        stage.Of(Actor.First).Command(WorkerCommand.Take, TaskLayout.NotificationSlot);
        Measure<Send>("signalWakesWaiter"u8, stage.Notification);

        stage.Reset();
        Measure<Poll>("pollIdle"u8, stage.Notification);
        Measure<Yield>("yield"u8, 0);
        Retypes();

        // Last, since whoever has user interrupts changes what the kernel does for it.
        stage.Reset();
        ulong own = Objects.Make(ObjectType.Notification);
        Terminal.Require(SeL4.TCB_RegisterReceiver(RootSlot.Tcb, own, Interruptions.Handler(), Interruptions.RedZone, out _), "registering a receiver"u8);
        Terminal.Require(SeL4.TCB_RegisterReceiver(stage.Of(Actor.First).Thread, stage.Notification, 0, 0, out _), "registering a receiver"u8);
        Interruptions.Unmask();
        Measure<NotifyItself>("notifyItself"u8, SenderTo(own));
        Measure<Notify>("notifyOther"u8, SenderTo(stage.Notification));
    }

    private static ulong SenderTo(ulong notification)
    {
        Terminal.Require(SeL4.TCB_RegisterSender(RootSlot.Tcb, Objects.Mint(notification, 1), out SenderHandle handle), "registering a sender"u8);
        return handle.Index;
    }

    /// <summary>Makes sixteen endpoints at a time, by as many calls, and by a batch: instructions for each sixteen.</summary>
    private static void Retypes()
    {
        ulong memory = Objects.Make(ObjectType.Untyped, RetypeBits), frame = Objects.Make(ObjectType.Page4K), kept = Objects.TakeSlot(), first = kept + 1;
        for (ulong i = 0; i < BatchFrame.Capacity; i++)
            Objects.TakeSlot();
        Terminal.Require(Batch.Open(RootSlot.Tcb, frame, (BatchFrame*)Window.Alias(frame), out Batch batch), "opening a batch"u8);

        // Something stays in the memory, which is cleared only when all is gone.
        Terminal.Require(Objects.TryMake(memory, ObjectType.Endpoint, 0, kept), "making an endpoint"u8);
        ulong leastOfCalls = ulong.MaxValue, leastOfBatch = ulong.MaxValue;
        for (int i = 0; i < Batches; i++)
        {
            ulong start = TaskCode.Timestamp();
            for (ulong slot = 0; slot < BatchFrame.Capacity; slot++)
                SeL4.Untyped_Retype(memory, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, first + slot, 1);
            leastOfCalls = Math.Min(leastOfCalls, TaskCode.Timestamp() - start);
            DeleteAll(first);

            start = TaskCode.Timestamp();
            for (ulong slot = 0; slot < BatchFrame.Capacity; slot++)
                batch.Untyped_Retype(memory, ObjectType.Endpoint, 0, RootSlot.CNode, 0, 0, first + slot, 1);
            batch.Submit();
            leastOfBatch = Math.Min(leastOfBatch, TaskCode.Timestamp() - start);
            for (ulong back = 1; back <= BatchFrame.Capacity; back++)
                Terminal.Require(batch.ErrorOf(batch.Count - back), "making an endpoint in a batch"u8);
            DeleteAll(first);
        }

        Terminal.PrintCount("retype16ByCalls"u8, leastOfCalls);
        Terminal.PrintCount("retype16ByBatch"u8, leastOfBatch);
    }

    private static void DeleteAll(ulong first)
    {
        for (ulong slot = 0; slot < BatchFrame.Capacity; slot++)
            Terminal.Require(Objects.Delete(first + slot), "deleting an endpoint"u8);
    }

    private static void Calls<TOperation>(ReadOnlySpan<byte> name, in Stage stage, uint words)
        where TOperation : struct, IOperation
    {
        stage.Reset();
        stage.Of(Actor.First).Command(WorkerCommand.Serve, TaskLayout.EndpointSlot, words);
        Measure<TOperation>(name, stage.Endpoint, words);
    }

    private static void Measure<TOperation>(ReadOnlySpan<byte> name, ulong capability, uint words = 0)
        where TOperation : struct, IOperation
    {
        ulong least = ulong.MaxValue;
        for (int batch = 0; batch < Batches; batch++)
            least = Math.Min(least, Count<TOperation>(capability, new MessageInfo(0, 0, 0, words)));
        Terminal.PrintCount(name, least / Iterations);
    }

    private static ulong Count<TOperation>(ulong capability, MessageInfo info)
        where TOperation : struct, IOperation
    {
        ulong start = TaskCode.Timestamp();
        for (int i = 0; i < Iterations; i++)
            TOperation.Perform(capability, info);
        return TaskCode.Timestamp() - start;
    }

    private struct Call : IOperation
    {
        public static void Perform(ulong capability, MessageInfo info) => TaskCode.SystemCall(capability, info, Syscall.Call);
    }

    private struct CallByRuntime : IOperation
    {
        public static void Perform(ulong capability, MessageInfo info)
        {
            ulong word0 = 0, word1 = 0, word2 = 0, word3 = 0;
            SeL4.CallWithMRs(capability, info, ref word0, ref word1, ref word2, ref word3);
        }
    }

    private struct Send : IOperation
    {
        public static void Perform(ulong capability, MessageInfo info) => TaskCode.SystemCall(capability, info, Syscall.Send);
    }

    private struct Poll : IOperation
    {
        public static void Perform(ulong capability, MessageInfo info) => TaskCode.SystemCall(capability, info, Syscall.NBRecv);
    }

    /// <summary>Posts by a user interrupt to whoever doesn't run.</summary>
    private struct Notify : IOperation
    {
        public static void Perform(ulong sender, MessageInfo info) => Interruptions.Send(sender);
    }

    /// <summary>Posts to this thread itself, which is interrupted, and takes what the handler has seen.</summary>
    private struct NotifyItself : IOperation
    {
        public static void Perform(ulong sender, MessageInfo info)
        {
            Interruptions.Send(sender);
            while (Interruptions.TakeArrived() == 0)
            {
                // Delivery may come an instruction later.
            }
        }
    }

    private struct Yield : IOperation
    {
        public static void Perform(ulong capability, MessageInfo info) => TaskCode.SystemCall(0, info, Syscall.Yield);
    }
}
