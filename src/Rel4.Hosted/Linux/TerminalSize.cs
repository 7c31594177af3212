using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Tells how large a terminal is (<c>TIOCGWINSZ(2const)</c>).</summary>
/// <remarks>.NET's <see cref="Console.WindowWidth"/> asks standard output only, also where standard error is the terminal.</remarks>
internal static unsafe class TerminalSize
{
    private const nint GetSize = 0x5413;

    /// <summary>Gets how many columns a terminal has.</summary>
    /// <param name="descriptor">A descriptor of it.</param>
    /// <returns>Zero if it does not say.</returns>
    public static int ColumnsOf(int descriptor)
    {
        WindowSize size = default;
        SystemCall.TryInvoke(SystemCallNumber.ioctl, out _, descriptor, GetSize, (nint)(&size));
        return size.Columns;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }
}
