using System.Runtime;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Runs the rows, and ends the machine.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Startup.MakeStatics();
        Report report = default;
        var executor = new Executor();
        Waits.Run(executor, ref report);
        Calls.Run(executor, ref report);
        report.Summary();
        Terminal.Exit(report.AllPassed ? ExitStatus.Passed : ExitStatus.Failed);
    }
}
