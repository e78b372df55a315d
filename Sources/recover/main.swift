internal import Commands

RecoverCommand.main()
