using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Builds a store and a driver for the serial port, which asks the store what is typed there.</summary>
internal static unsafe class KvTerminal
{
    /// <summary>Serves until END is typed. The port is the driver's meanwhile.</summary>
    public static void Run(BootInfo* information, KvStage stage)
    {
        stage.StartStore(KvRole.Serve);
        BrokerTask driver = stage.BuildCaller(ElfImage.Open(BootModuleFile.Map(information, "serial"u8, Window.Modules + (1UL << 26))));
        ulong line = Objects.TakeSlot(), bell = Objects.TakeSlot();
        Terminal.Require(SeL4.IRQControl_Get(RootSlot.IrqControl, KvSerial.Line, RootSlot.CNode, line, Limits.WordBits), "taking the serial port's interrupt"u8);
        Terminal.Require(Objects.TryMint(driver.Bell, bell, 1UL << BrokerLayout.FirstSignal), "minting a bell"u8);
        Terminal.Require(SeL4.IRQHandler_SetNotification(line, bell), "having the serial port ring"u8);
        driver.Grant(line, KvSerial.Interrupt, CapRights.All);
        driver.Grant(Terminal.Registers, KvSerial.Registers, CapRights.All);
        driver.Start();
        stage.Await();
    }
}
