using System.Runtime;

namespace Rel4.Metal.Proof;

/// <summary>Boots the kernel core on the bare machine and runs every row of the design's tables on it.</summary>
internal static unsafe class Program
{
    /// <summary>Starts here: <c>Boot/start.asm</c> calls it in long mode, with the loader's information.</summary>
    /// <remarks>The command line <c>plant-failure</c> makes one row expect the wrong thing, so that the check itself can be checked.</remarks>
    [RuntimeExport("metal_main")]
    private static void Main(MultibootInfo* information)
    {
        Serial.Open();
        if (information->MemoryEnd < ObjectMemory.End)
            Panic("not enough memory\n"u8);

        Stage stage = default;
        Report report = default;
        if (!stage.Boot(information->HasOption("plant-failure"u8)))
            Panic("the kernel did not boot\n"u8);
        RootTask.Run(ref stage, ref report);
        EndpointTable.Run(ref stage, ref report);
        NotificationTable.Run(ref stage, ref report);
        report.Summary();
        BootCode.Exit(report.AllPassed ? Status.Passed : Status.Failed);
    }

    /// <summary>Ends the machine at a processor exception; <c>Boot/exceptions.asm</c> calls it.</summary>
    [RuntimeExport("metal_exception")]
    private static void Exception(ulong vector, ulong code, ulong instruction, ulong address)
    {
        Serial.Print("exception "u8);
        Serial.Print(vector);
        Serial.Print(", code "u8);
        Serial.Print(code);
        Serial.Print(", at "u8);
        Serial.PrintAddress(instruction);
        Serial.Print(", address "u8);
        Serial.PrintAddress(address);
        Panic("\n"u8);
    }

    /// <summary>Ends the machine because the proof can't go on.</summary>
    public static void Panic(ReadOnlySpan<byte> reason)
    {
        Serial.Print(reason);
        BootCode.Exit(Status.Panic);
    }
}
