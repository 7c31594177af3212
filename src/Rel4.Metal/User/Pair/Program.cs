using System.Runtime;
using System.Threading;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds two tasks that share two frames and ring each other, has one call the other, and counts.</summary>
internal static unsafe class Program
{
    private const ulong Badge = 1UL << PairLayout.Bell;

    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Terminal.Require(SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, Priority.Root), "setting the root task's priority"u8);
        ElfImage image = ElfImage.Open(BootModuleFile.Map(information, "peer"u8, Window.Modules));
        ChildTask server = ChildTask.Start(image, Priority.Worker), client = ChildTask.Start(image, Priority.Worker);
        Share(server, client);
        Share(client, server);
        ulong serverBell = Objects.Make(ObjectType.Notification), clientBell = Objects.Make(ObjectType.Notification), done = Objects.Make(ObjectType.Notification);
        Give(server, serverBell, clientBell, done);
        Give(client, clientBell, serverBell, done);

        // Where there are two, each has a processor to itself.
        bool isApart = information->NodeCount > 1;
        if (isApart)
            Terminal.Require(SeL4.TCB_SetAffinity(server.Thread, 1), "moving a task"u8);

        Report report = default;
        report.Row("pair"u8, "two tasks"u8, "register"u8, "each is the receiver of its doorbell"u8, Do(server, WorkerCommand.OpenReceiver) && Do(client, WorkerCommand.OpenReceiver));
        report.Row(
            "pair"u8, "two tasks"u8, "open"u8, "each may ring the other"u8, Do(server, WorkerCommand.OpenChannel, 1, isApart ? 2UL : 0) && Do(client, WorkerCommand.OpenChannel, 0, isApart ? 1UL : 0));
        server.Command(WorkerCommand.ServeChannel);
        ulong calls = ExtraInformation.HasOption(information, "million"u8) ? PairLayout.CallsOfOneInMillion : PairLayout.CallsOfOne;
        report.Row("pair"u8, "64 at once"u8, "calls"u8, "each gets the replies to its calls"u8, Call(client, done, 64, PairLayout.CallsOfOne, out _));
        Count("pair64"u8, server, client, done, 64, calls, ref report);
        Count("pair1"u8, server, client, done, 1, PairLayout.CallsOfOne, ref report);
        report.Summary();
        Terminal.Exit(report.AllPassed ? ExitStatus.Passed : ExitStatus.Failed);
    }

    /// <summary>Makes a frame that one writes and the other reads.</summary>
    private static void Share(in ChildTask writer, in ChildTask reader)
    {
        for (ulong offset = 0; offset < PairLayout.FrameBytes; offset += 1UL << Limits.PageBits)
        {
            ulong frame = writer.Space.MapNew(PairLayout.OwnFrame + offset);
            reader.Space.Map(Objects.Copy(frame, CapRights.Read), PairLayout.PeerFrame + offset, CapRights.Read, X86VMAttributes.ExecuteNever);
        }
    }

    private static void Give(in ChildTask task, ulong own, ulong peer, ulong done)
    {
        task.Grant(task.Thread, PairLayout.OwnThread, CapRights.All);
        task.Grant(own, PairLayout.OwnBell, CapRights.Read);
        task.Grant(peer, PairLayout.PeerBell, CapRights.Write, Badge);
        task.Grant(done, PairLayout.DoneSlot, CapRights.Write, 1);
    }

    private static bool Do(in ChildTask task, WorkerCommand command, ulong argument = 0, ulong target = 0)
    {
        task.Command(command, target, argument);
        // It may run beside.
        while (Volatile.Read(ref task.Page->Completed) != task.Page->Issued)
            SeL4.Yield();

        return task.Page->Badge == (ulong)SeL4Error.NoError;
    }

    private static bool Call(in ChildTask client, ulong done, int callers, ulong calls, out ulong instructions)
    {
        ulong start = TaskCode.Timestamp();
        client.Command(WorkerCommand.CallChannel, calls, (ulong)callers);
        SeL4.Wait(done, out _);
        instructions = TaskCode.Timestamp() - start;
        return client.Page->Badge == (ulong)callers * calls;
    }

    private static void Count(ReadOnlySpan<byte> name, in ChildTask server, in ChildTask client, ulong done, int callers, ulong calls, ref Report report)
    {
        ulong before = EntriesOf(server) + EntriesOf(client);
        report.Row("pair"u8, callers == 1 ? "1 at once"u8 : "64 at once"u8, "calls again"u8, "likewise"u8, Call(client, done, callers, calls, out ulong instructions));
        Terminal.PrintCount(name, instructions / ((ulong)callers * calls));
        Terminal.PrintCount("calls"u8, (ulong)callers * calls);
        Terminal.PrintCount("entries"u8, EntriesOf(server) + EntriesOf(client) - before);
    }

    /// <summary>Gets how often a task has entered the kernel by what it does itself.</summary>
    private static ulong EntriesOf(in ChildTask task)
    {
        Terminal.Require(SeL4.TCB_ReadEntries(task.Thread, out EntryCounts entries), "reading a thread's entries"u8);
        return entries.SystemCalls + entries.Exceptions;
    }
}
