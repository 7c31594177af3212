using System.Runtime;
using Rel4.Abi;
using Rel4.Kernel;

// All locals are assigned before they are read, so they need not be cleared in each call.
[module: System.Runtime.CompilerServices.SkipLocalsInit]

namespace Rel4.Metal.Kernel;

/// <summary>Brings the machine up and starts the root task.</summary>
internal static unsafe class Program
{
    private const ulong LargePage = 1UL << Limits.LargePageBits;

    /// <summary>Starts here: <c>Boot/start.asm</c> calls it with the physical address of the loader's information, and then runs what it returns.</summary>
    [RuntimeExport("metal_main")]
    private static UserContext* Main(ulong multiboot)
    {
        Serial.Open();
        ImageLayout* image = Instructions.Layout();
        Descriptors.Load(image);
        if (!Features.TryEnable())
            Panic.Boot("the processor has no no-execute pages, global pages, page attributes, FXSAVE or local APIC"u8);
        Serial.Print(Features.HasUserInterrupts ? "rel4: user interrupts by the processor\n"u8 : "rel4: user interrupts emulated\n"u8);
        var boot = (MultibootInfo*)Physical.ToPointer(multiboot);

        // The image has the first large page to itself. What else comes before there are objects lies in the stretch of RAM that it is in.
        if (!boot->Memory.TryFindLargePages(LargePage, out _, out ulong memoryEnd))
            Panic.Boot("the boot loader tells of no memory"u8);
        FirmwareProcessors processors = FirmwareProcessors.Read(new BootWindow(image));
        var pages = new PageSupply(Math.Max(boot->End, LargePage), memoryEnd);
        AddressSpaces.Start(KernelMapping.Build(ref pages, image, boot->Memory));
        InterruptController.Start();
        IOApic.Start();
        uint megahertz = LocalApic.Start();
        ProcessorState.Start(0, LocalApic.Number);
        Processors.Start(processors, boot->Memory);
        ProcessorState.SetPaths(Processors.PathsOf(0));
        return Traps.Start(RootTask.Make(boot, ref pages, megahertz));
    }
}
