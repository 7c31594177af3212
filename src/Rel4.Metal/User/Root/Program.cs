using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Is the first task: the kernel starts it with every capability there is.</summary>
internal static unsafe class Program
{
    private const ulong HostileAddress = Window.Modules + 0x100_0000;

    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Terminal.Require(SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, Priority.Root), "setting the root task's priority"u8);
        ElfImage worker = ElfImage.Open(BootModuleFile.Map(information, "worker"u8, Window.Modules));
        ElfImage hostile = ElfImage.Open(BootModuleFile.Map(information, "hostile"u8, HostileAddress));
        ChildTask* actors = stackalloc ChildTask[3];
        var stage = new Stage(actors, worker, plantFailure: ExtraInformation.HasOption(information, "plant-failure"u8));
        bool passed = true;
        if (ExtraInformation.HasOption(information, "bench"u8))
            Benchmark.Run(stage);
        else
            passed = RunSuite(information, stage, worker, hostile);
        Terminal.Exit(passed ? ExitStatus.Passed : ExitStatus.Failed);
    }

    private static bool RunSuite(BootInfo* information, in Stage stage, ElfImage worker, ElfImage hostile)
    {
        var first = new CodePage(stage.Of(Actor.First));
        var second = new CodePage(stage.Of(Actor.Second));
        Report report = default;

        // Not where processors take turns, as QEMU's do where it counts instructions.
        if (ExtraInformation.HasOption(information, "processors"u8))
        {
            SeveralProcessors.Run(information, stage, first, worker, ref report);
            report.Summary();
            return report.AllPassed;
        }

        if (ExtraInformation.HasOption(information, "parking"u8) || ExtraInformation.HasOption(information, "notifications"u8))
        {
            if (ExtraInformation.HasOption(information, "parking"u8))
                Conversations.RunAsleep(information, stage, worker, ref report);
            else
                Conversations.RunAwake(information, stage, worker, ref report);
            report.Summary();
            return report.AllPassed;
        }

        BootInformation.Run(information, ref report);
        RootCapabilities.Run(information, ref report);
        EndpointTable.Run(stage, ref report);
        NotificationTable.Run(stage, ref report);
        CapabilityTransfer.Run(stage, ref report);
        Faults.Run(stage, first, ref report);
        Scheduling.Run(stage, first, second, ref report);
        Memory.Run(stage, ref report);
        Paging.Run(stage, ref report);
        Takeover.Run(stage, worker, ref report);
        Devices.Run(ref report);
        Coprocessor.Run(stage, first, ref report);
        Registers.Run(stage, first, second, ref report);
        UserInterrupts.Run(stage, first, ref report);
        ThreadOptions.Run(stage, first, second, ref report);
        SeveralProcessors.RunOnOne(information, stage, ref report);
        Batches.Run(stage, worker, ref report);
        HostileTask.Run(stage, hostile, ref report);
        report.Summary();
        return report.AllPassed;
    }
}
