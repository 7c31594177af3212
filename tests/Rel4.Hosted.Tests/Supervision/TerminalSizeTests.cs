using Microsoft.Win32.SafeHandles;
using Rel4.Hosted.Linux;

namespace Rel4.Hosted.Tests.Supervision;

/// <summary>Tests what terminals say of their width.</summary>
public sealed unsafe class TerminalSizeTests
{
    [Fact]
    public void Columns_OfATerminal_AreThoseItWasGiven()
    {
        const nint SetSize = 0x5414; // TIOCSWINSZ
        using SafeFileHandle terminal = File.OpenHandle("/dev/ptmx", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int descriptor = (int)terminal.DangerousGetHandle();
        ushort* size = stackalloc ushort[] { 24, 123, 0, 0 };

        Assert.Equal(0, TerminalSize.ColumnsOf(descriptor));
        SystemCall.Invoke(SystemCallNumber.ioctl, descriptor, SetSize, (nint)size);
        Assert.Equal(123, TerminalSize.ColumnsOf(descriptor));
    }

    [Fact]
    public void Columns_OfAFile_AreZero()
    {
        using SafeFileHandle file = File.OpenHandle("/dev/null");

        Assert.Equal(0, TerminalSize.ColumnsOf((int)file.DangerousGetHandle()));
    }
}
