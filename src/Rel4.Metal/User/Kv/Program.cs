using System.Runtime;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds the store and the load, checks them, and counts.</summary>
internal static unsafe class Program
{
    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Startup.MakeStatics();
        var stage = new KvStage(information);
        if (ExtraInformation.HasOption(information, "serve"u8))
        {
            KvTerminal.Run(information, stage);
            Terminal.Exit(ExitStatus.Passed);
        }

        Report report = default;
        KvChecks.Run(stage, ref report);
        KvFigures.Run(stage, ref report);
        report.Summary();
        Terminal.Exit(report.AllPassed ? ExitStatus.Passed : ExitStatus.Failed);
    }
}
