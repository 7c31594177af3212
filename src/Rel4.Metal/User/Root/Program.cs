using System.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Is the first task: the kernel starts it with every capability there is.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Terminal.Require(SeL4.TCB_SetPriority(RootSlot.Tcb, RootSlot.Tcb, Priority.Root), "setting the root task's priority"u8);

        ElfImage worker = ElfImage.Open(BootModuleFile.Map(information, "worker"u8, Window.Modules));
        ChildTask* actors = stackalloc ChildTask[3];
        var stage = new Stage(actors, worker, plantFailure: false);
        Report report = default;
        EndpointTable.Run(stage, ref report);
        NotificationTable.Run(stage, ref report);
        report.Summary();
        Terminal.Exit(report.AllPassed ? ExitStatus.Passed : ExitStatus.Failed);
    }
}
