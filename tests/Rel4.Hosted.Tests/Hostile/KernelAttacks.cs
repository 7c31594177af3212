using System.Runtime.InteropServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that attack the kernel that they share with others, by memory of their own.</summary>
internal static unsafe class KernelAttacks
{
    /// <summary>The name of the grant of memory, and how much there is: for a CNode of <see cref="HugeBits"/> and objects in all of its slots.</summary>
    public const string Heap = "heap";

    /// <summary>Log2 of the bytes of that memory.</summary>
    public const int HeapBits = HugeBits + 6;

    /// <summary>Log2 of the slots that an attacker has: more than the kernel gives one descriptors, mappings or senders for.</summary>
    public const int CNodeBits = 15;

    private const byte HugeBits = 20;

    private const int DrivenThreads = 400;

    private const int Revokers = 24, Talkers = 20;

    private const byte RevokedBits = 14;

    private static ulong HeapSlot => TaskContext.Untyped(Heap).CPtr;

    /// <summary>Fills a CNode, and deletes it; makes one, and deletes it empty; fills one, and revokes the memory behind it.</summary>
    public static void DeleteHugeCNodes()
    {
        HostileBoard.AwaitAttack();
        ulong huge = MachineUser.TakeSlot();
        for (int round = 0; ; round++)
        {
            Make(huge, isFull: round % 3 != 1);
            HostileBoard.NoteStep();
            Require(round % 3 != 2
                ? SeL4.CNode_Delete(TaskContext.CNode.CPtr, huge, Limits.WordBits)
                : SeL4.CNode_Revoke(TaskContext.CNode.CPtr, HeapSlot, Limits.WordBits));
        }
    }

    /// <summary>Dies with a full one, which a thread of its has as its own.</summary>
    public static void DieWithHugeCNode()
    {
        HostileBoard.AwaitAttack();
        ulong huge = MachineUser.TakeSlot();
        Make(huge, isFull: true);
        TcbCap thread = MachineUser.MakeThread(new CNodeCap(huge), new CNodeCapData(0, Limits.WordBits - HugeBits));
        MachineUser.Machine.StartThread(thread, "owner of many", static () => Thread.Sleep(Timeout.Infinite));
        HostileBoard.NoteStep();
        Environment.Exit(0);
    }

    /// <summary>Maps small frames until there are no more for it, and goes on trying.</summary>
    public static void MapEndlessly()
    {
        HostileBoard.AwaitAttack();
        var frame = new FrameCap(MachineUser.TakeSlot());
        while (true)
        {
            Require(Retype(ObjectType.Page4K, 0, TaskContext.CNode.CPtr, 0, 0, frame.CPtr, 1));
            while (!TryMap(frame))
                HostileBoard.NoteStep();
            frame = new FrameCap(MachineUser.TakeSlot());
        }

        static bool TryMap(FrameCap frame)
        {
            try
            {
                CurrentTask.Map(frame.CPtr, TaskContext.VSpace.CPtr, CapRights.ReadWrite);
                return true;
            }
            catch (SeL4Exception refused) when (refused.Error == SeL4Error.NotEnoughMemory)
            {
                return false;
            }
        }
    }

    /// <summary>Offers small frames that nobody has mapped yet, and keeps them: whoever maps one first makes the kernel back it.</summary>
    public static void OfferUnmappedFrames()
    {
        HostileBoard.AwaitAttack();
        for (ulong frame = MachineUser.TakeSlot(); ; HostileBoard.NoteStep())
        {
            SeL4Error made = Retype(ObjectType.Page4K, 0, TaskContext.CNode.CPtr, 0, 0, frame, 1);
            ReceivedMessage offered = AsyncSystem.Endpoint.Call((ulong)ChannelOpening.Offer, [ChannelFrame.VersionValue], [frame]);
            if (offered.Label != (ulong)ChannelRefusal.None)
                continue;

            // A join without a doorbell ends the opening, and so makes room for the next.
            AsyncSystem.Endpoint.Call((ulong)ChannelOpening.Join, offered[0]);
            Require(made);
            frame = MachineUser.TakeSlot();
        }
    }

    /// <summary>Yields by as many threads of the kernel as there are, all driven by one of Linux, which costs it nothing to have.</summary>
    public static void YieldFromPagesOnly()
    {
        HostileBoard.AwaitAttack();
        var threads = new TaskThread[DrivenThreads];
        for (int i = 0; i < threads.Length; i++)
        {
            MachineUser.MakeThread().Resume();
            threads[i] = CurrentTask.Connection.AttachThread(0);
        }

        for (; ; HostileBoard.NoteStep())
        {
            foreach (TaskThread thread in threads)
            {
                TrapPage* page = thread.Page;
                if (Volatile.Read(ref page->Completion) != page->Request)
                    continue;
                page->Call = new TrapRegisters { Number = Syscall.Yield };
                Volatile.Write(ref page->Request, page->Request + 1);
                if (Volatile.Read(ref page->Polled) == 0)
                    Descriptors.Ring(thread.Doorbell);
            }
        }
    }

    /// <summary>Fills CNodes and revokes the memory that they lie in, from many threads: there is a piece to do for each of them all the time.</summary>
    public static void RevokeFromManyThreads()
    {
        HostileBoard.AwaitAttack();
        for (int i = 1; i < Revokers; i++)
        {
            (ulong memory, ulong node) = (TakeMemory(), MachineUser.TakeSlot());
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"revokes {i}", () => RevokeForEver(memory, node));
        }

        RevokeForEver(TakeMemory(), MachineUser.TakeSlot());

        static ulong TakeMemory()
        {
            ulong memory = MachineUser.TakeSlot();
            Require(Retype(ObjectType.Untyped, RevokedBits + 7, TaskContext.CNode.CPtr, 0, 0, memory, 1));
            return memory;
        }
    }

    /// <summary>Has as many lanes opened and closed as its threads can.</summary>
    public static void OpenLanes()
    {
        HostileBoard.AwaitAttack();
        for (int i = 0; i < Talkers; i++)
        {
            var endpoint = new EndpointCap(MachineUser.Make(ObjectType.Endpoint));
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"serves {i}", () =>
            {
                for (endpoint.Receive(); ;)
                    endpoint.ReplyReceive(0);
            });
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"talks {i}", () =>
            {
                // A method closes the lanes of all.
                for (; ; SeL4.CNode_Copy(TaskContext.CNode.CPtr, 1, Limits.WordBits, TaskContext.CNode.CPtr, 1, Limits.WordBits, CapRights.All))
                {
                    for (int calls = 0; calls < 8; calls++)
                        endpoint.Call(0);
                    HostileBoard.NoteStep();
                }
            });
        }

        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Executes another program, from a thread that is not the first. Where that succeeds nothing is left here to note a step.</summary>
    public static void ExecuteFromAnotherThread()
    {
        HostileBoard.AwaitAttack();
        byte* program = (byte*)Marshal.StringToCoTaskMemUTF8("/bin/sh");
        byte** arguments = stackalloc byte*[2] { program, null };
        nint first = (nint)arguments;
        var thread = new Thread(() =>
        {
            while (true)
            {
                SystemCall.TryInvoke(SystemCallNumber.execve, out LinuxError error, (nint)program, first, first + sizeof(byte*));
                if (error == LinuxError.EPERM)
                    HostileBoard.NoteStep();
            }
        });
        thread.Start();
        thread.Join();
    }

    private static void RevokeForEver(ulong memory, ulong node)
    {
        for (; ; HostileBoard.NoteStep())
        {
            Require(SeL4.Untyped_Retype(memory, ObjectType.CapTable, RevokedBits, TaskContext.CNode.CPtr, 0, 0, node, 1));
            for (ulong slot = 0; slot < 1 << RevokedBits; slot += Limits.RetypeFanOut)
                Require(SeL4.Untyped_Retype(memory, ObjectType.Endpoint, 0, TaskContext.CNode.CPtr, node, Limits.WordBits, slot, Limits.RetypeFanOut));
            Require(SeL4.CNode_Revoke(TaskContext.CNode.CPtr, memory, Limits.WordBits));
        }
    }

    private static void Make(ulong huge, bool isFull)
    {
        Require(Retype(ObjectType.CapTable, HugeBits, TaskContext.CNode.CPtr, 0, 0, huge, 1));
        for (ulong slot = 0; isFull && slot < 1 << HugeBits; slot += Limits.RetypeFanOut)
            Require(Retype(ObjectType.Endpoint, 0, TaskContext.CNode.CPtr, huge, Limits.WordBits, slot, Limits.RetypeFanOut));
    }

    private static SeL4Error Retype(ObjectType type, byte sizeBits, ulong root, ulong node, byte depth, ulong offset, ulong count) =>
        SeL4.Untyped_Retype(HeapSlot, type, sizeBits, root, node, depth, offset, count);

    private static void Require(SeL4Error error)
    {
        if (error != SeL4Error.NoError)
            throw new InvalidOperationException($"the attack itself has failed: {error}");
    }
}
