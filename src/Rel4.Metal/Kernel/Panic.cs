using Rel4.Abi;
using Rel4.Kernel;

namespace Rel4.Metal.Kernel;

/// <summary>Ends the machine, and says why on the serial port: at boot if something is wrong with the machine or the images, later only if the kernel is.</summary>
internal static unsafe class Panic
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
        End(Status.Panic);
    }

    /// <summary>Ends the machine because the root thread had a fault and has no handler.</summary>
    public static void RootFault(Tcb* thread, in Fault fault)
    {
        Serial.Print("rel4: the root task faulted: type "u8);
        Serial.Print((ulong)fault.Type);
        Serial.Print(", at "u8);
        Serial.PrintAddress(thread->FaultIP);
        Serial.Print(", words "u8);
        Serial.PrintAddress(fault.Word0);
        Serial.Print(" "u8);
        Serial.PrintAddress(fault.Word1);
        Serial.Print(" "u8);
        Serial.PrintAddress(fault.Word2);
        End(Status.RootFault);
    }

    /// <summary>Ends the machine because a method broke an invariant.</summary>
    public static void Invariant(Violation violation, InvocationLabel label)
    {
        Serial.Print("rel4: invariant "u8);
        Serial.Print((ulong)violation);
        Serial.Print(" does not hold behind method "u8);
        Serial.Print((ulong)label);
        End(Status.Panic);
    }

    /// <summary>Ends the machine because the boot can't go on.</summary>
    public static void Boot(ReadOnlySpan<byte> reason)
    {
        Serial.Print("rel4: "u8);
        Serial.Print(reason);
        End(Status.Panic);
    }

    private static void End(Status status)
    {
        Serial.Print("\n"u8);
        Instructions.Exit(status);
    }
}
