using System.Runtime;
using Internal.Runtime;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds tasks, has them call and signal each other, and counts.</summary>
internal static unsafe class Program
{
    private const int Channels = 4;

    [RuntimeExport("task_main")]
    private static void Main(BootInfo* information)
    {
        TaskMachine.Install((IpcBuffer*)information->IpcBuffer);
        Objects.Open(information);
        Terminal.Open();
        Startup.MakeStatics();
        ElfImage image = ElfImage.Open(BootModuleFile.Map(information, "peer"u8, Window.Modules));
        var stage = new PairStage(information, new Broker(information, Channels), image);
        Report report = default;
        if (ExtraInformation.HasOption(information, "million"u8))
        {
            PairCalls.RunMillion(stage, ref report);
            PairSignals.Run(stage, 500_000, ref report);
        }
        else
        {
            PairCalls.Run(stage, ref report);
            PairSignals.Run(stage, 2_000, ref report);
            PairMessages.Run(stage, ref report);
            PairAttacks.Run(stage, ref report);
            PairDeaths.Run(stage, stage.IsLong ? 300 : 8, ref report);
        }

        report.Summary();
        Terminal.Exit(report.AllPassed ? ExitStatus.Passed : ExitStatus.Failed);
    }
}
