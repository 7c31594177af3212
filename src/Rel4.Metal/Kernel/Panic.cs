namespace Rel4.Metal.Kernel;

/// <summary>Ends the machine, and says why on the serial port: at boot if something is wrong with the machine or the images, later only if the kernel is.</summary>
internal static class Panic
{
    public static void Exception(ulong vector, ulong code, ulong address, ulong instruction)
    {
        Serial.Print("rel4: exception "u8);
        Serial.Print(vector);
        Serial.Print(" in the kernel, code "u8);
        Serial.Print(code);
        Serial.Print(", at "u8);
        Serial.PrintAddress(instruction);
        Serial.Print(", address "u8);
        Serial.PrintAddress(address);
        End();
    }

    /// <summary>Ends the machine because the boot can't go on.</summary>
    public static void Boot(ReadOnlySpan<byte> reason)
    {
        Serial.Print("rel4: "u8);
        Serial.Print(reason);
        End();
    }

    private static void End()
    {
        Serial.Print("\n"u8);
        BootCode.Exit(Status.Panic);
    }
}
