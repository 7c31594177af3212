using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Linux;

/// <summary>Deletes a folder that somebody hostile has filled.</summary>
/// <remarks>
/// The folders of .NET's base library can't be trusted with that: a name need not be text, folders can be nested deeper than a path can be
/// long or a recursion can go, and closed to their owner. So names stay bytes, and an inner folder that is not empty is moved to the side
/// and emptied later. Nobody may change the folder at the same time.
/// </remarks>
internal static unsafe class FolderRemoval
{
    private const int AtWorkingDirectory = -100;
    private const int RemoveDirectory = 0x200;
    private const int OpenFolderItselfCloseOnExec = 0x1_0000 | 0x2_0000 | 0x8_0000;
    private const int OwnerAll = 0b111_000_000;
    private const int BufferSize = 32 * 1024;

    // struct linux_dirent64: inode, offset, length of the record, type, name.
    private const int RecordLengthOffset = 16;
    private const int NameOffset = 19;

    /// <summary>Deletes a folder with all that is in it.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="workFolder">A folder on the same file system, which only the caller can write.</param>
    public static void Delete(string path, string workFolder)
    {
        string aside = Path.Combine(workFolder, $"deleted-{Path.GetRandomFileName()}");
        Directory.CreateDirectory(aside);
        nint pathName = Marshal.StringToCoTaskMemUTF8(path);
        nint asideName = Marshal.StringToCoTaskMemUTF8(aside);
        try
        {
            using (SafeFileHandle asideFolder = Open(AtWorkingDirectory, asideName))
            {
                int moved = 0;
                Empty(AtWorkingDirectory, pathName, asideFolder, ref moved);
                for (int index = 0; index < moved; index++)
                {
                    nint name = Marshal.StringToCoTaskMemUTF8(index.ToString(CultureInfo.InvariantCulture));
                    Empty(Number(asideFolder), name, asideFolder, ref moved);
                    Marshal.FreeCoTaskMem(name);
                }
            }

            SystemCall.Invoke(unlinkat, AtWorkingDirectory, asideName, RemoveDirectory);
        }
        finally
        {
            Marshal.FreeCoTaskMem(pathName);
            Marshal.FreeCoTaskMem(asideName);
        }
    }

    private static void Empty(nint parent, nint name, SafeFileHandle aside, ref int moved)
    {
        SystemCall.Invoke(fchmodat, parent, name, OwnerAll);
        using (SafeFileHandle folder = Open(parent, name))
        {
            // What is deleted while a folder is read may hide others, so it is read until nothing is left.
            while (RemoveEntries(folder, aside, ref moved))
                SystemCall.Invoke(lseek, Number(folder));
        }

        SystemCall.Invoke(unlinkat, parent, name, RemoveDirectory);
    }

    /// <summary>Removes the entries of a folder and returns whether there were any.</summary>
    private static bool RemoveEntries(SafeFileHandle folder, SafeFileHandle aside, ref int moved)
    {
        byte[] buffer = new byte[BufferSize];
        bool isChanged = false;
        fixed (byte* records = buffer)
        {
            while (true)
            {
                int length = (int)SystemCall.Invoke(getdents64, Number(folder), (nint)records, BufferSize);
                if (length == 0)
                    return isChanged;
                for (int offset = 0; offset < length;)
                {
                    byte* name = records + offset + NameOffset;
                    if (!IsSelfOrParent(name))
                    {
                        Remove(folder, (nint)name, aside, ref moved);
                        isChanged = true;
                    }

                    offset += BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(offset + RecordLengthOffset));
                }
            }
        }
    }

    private static void Remove(SafeFileHandle folder, nint name, SafeFileHandle aside, ref int moved)
    {
        SystemCall.TryInvoke(unlinkat, out LinuxError error, Number(folder), name);
        if (error == LinuxError.None)
            return;
        if (error != LinuxError.EISDIR)
            throw new LinuxException(nameof(unlinkat), error);
        SystemCall.TryInvoke(unlinkat, out error, Number(folder), name, RemoveDirectory);
        if (error == LinuxError.None)
            return;
        // To move a folder its owner must be able to write it.
        SystemCall.Invoke(fchmodat, Number(folder), name, OwnerAll);
        nint newName = Marshal.StringToCoTaskMemUTF8(moved.ToString(CultureInfo.InvariantCulture));
        SystemCall.Invoke(renameat, Number(folder), name, Number(aside), newName);
        Marshal.FreeCoTaskMem(newName);
        moved++;
    }

    private static bool IsSelfOrParent(byte* name) => name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));

    private static SafeFileHandle Open(nint parent, nint name) =>
        new(SystemCall.Invoke(openat, parent, name, OpenFolderItselfCloseOnExec), ownsHandle: true);

    private static nint Number(SafeFileHandle folder) => folder.DangerousGetHandle();
}
